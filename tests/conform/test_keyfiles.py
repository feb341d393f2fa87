"""Key files in all their forms, the schema beside the reader, and what is refused, with place and reason."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isakmp.conform import keyjson
from isakmp.conform.keyfiles import KeyForm, Keys, UnreadableKeys, read_keys

ROOT = Path(__file__).parent.parent.parent
CAPTURES = ROOT / "tests" / "captures"
SCHEMA = json.loads((ROOT / "conform" / "schemas" / "ikev1-capture-1.schema.json").read_text())
REAL = sorted(CAPTURES.glob("*.keys.json"))
COOKIES = ["79d54e666d20d8b5", "daf1ba5f2a48c4cf"]
CKY_I, CKY_R = map(bytes.fromhex, COOKIES)
NONE = bytes(8)
FORMAT = {"format": "ikev1-capture/1"}


def one_sa(**members: Any) -> dict[str, Any]:
    """Return a key file with one SA."""
    return FORMAT | {"ike_sas": [{"cookies": COOKIES} | members]}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Return a function that reads a document, text or octets as a key file."""

    def of(content: Any) -> Keys:
        path = tmp_path / "some.keys"
        if not isinstance(content, bytes | str):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_keys(path)

    return of


@pytest.fixture(scope="module")
def validator() -> Any:
    """Return a validator of the schema, which is itself checked."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - the only tests that need it

    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA)


# ---- what daemons logged ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name.partition(".")[0])
def test_key_files_of_real_captures_are_read_whole(path: Path) -> None:
    document = json.loads(path.read_text())
    keys = read_keys(path)
    assert keys.form is KeyForm.IKEV1_CAPTURE
    assert keys.ignored == ()
    assert len(keys.sas) == len(document["ike_sas"])
    for entry in document["ike_sas"]:
        cky_i, cky_r = map(bytes.fromhex, entry["cookies"])
        sa = keys.for_sa(cky_i, cky_r)
        assert sa is not None
        for name in ("dh_shared_secret", "skeyid", "skeyid_d", "skeyid_a", "skeyid_e", "initial_iv"):
            assert (getattr(sa, name) or b"").hex() == entry.get(name, "")
        assert (sa.cipher_key or b"").hex() == entry.get("ka", "")
        assert sa.psk_i == document["config"]["initiator"]["psk"].encode()
        assert sa.psk_r == document["config"]["responder"]["psk"].encode()
        assert [(one.message_id, one.iv.hex()) for one in sa.iv_chain] == [
            (one["message_id"], one["iv"]) for one in entry.get("iv_chain", [])
        ]
        assert [one.value.hex() for one in sa.phase2_hashes] == [one["value"] for one in entry.get("phase2_hashes", [])]
        for quick_mode in entry.get("quick_modes", []):
            for side in ("keymat_initiator_sa", "keymat_responder_sa"):
                if side in quick_mode:
                    assert sa.logged[f"{side}/{quick_mode['message_id']}"].hex() == quick_mode[side]


def test_a_wrong_psk_gives_each_side_its_own_values() -> None:
    (sa,) = read_keys(CAPTURES / "wrong_psk_main.keys.json").sas
    assert (sa.psk_i, sa.psk_r) == (b"secretkey", b"otherkey")
    assert sa.logged_by == "initiator"
    assert sa.logged["skeyid"] == sa.skeyid
    assert sa.logged_by_other["skeyid"].hex() == "fa1132afdafbe4d457acabb77323de50192c7c71"


def test_a_quick_mode_of_its_own_diffie_hellman_has_its_secret() -> None:
    (sa,) = read_keys(CAPTURES / "quick_pfs_modp2048.keys.json").sas
    assert {message_id: len(secret) for message_id, secret in sa.pfs_shared_secrets.items()} == {3328034555: 256}


def test_certificates_are_der_and_the_untrusted_authority_is_not_trusted() -> None:
    from cryptography import x509  # noqa: PLC0415 - an independent reader of certificates
    from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415

    for name in ("main_rsasig_aes128_sha256_modp2048", "main_ecdsasig"):
        (sa,) = read_keys(CAPTURES / f"{name}.keys.json").sas
        (trusted,) = map(x509.load_der_x509_certificate, sa.trusted_certificates)
        for certificate, key in ((sa.certificate_i, sa.private_key_i), (sa.certificate_r, sa.private_key_r)):
            assert certificate is not None
            assert key is not None
            loaded = x509.load_der_x509_certificate(certificate)
            assert loaded.issuer == trusted.subject
            assert loaded.public_key() == load_der_private_key(key, None).public_key()


def test_what_a_file_says_of_authentication_is_kept() -> None:
    (sa,) = read_keys(CAPTURES / "main_rsasig_hybrid.keys.json").sas
    assert (sa.auth_i, sa.auth_r) == (("xauth", "pubkey"), ("pubkey", "xauth"))


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_cookies_with_the_cipher_key_are_enough(read: Any, validator: Any) -> None:
    document = one_sa(ka="00112233445566778899aabbccddeeff")
    validator.validate(document)
    (sa,) = read(document).sas
    assert (sa.cky_i, sa.cky_r, sa.cipher_key.hex()) == (CKY_I, CKY_R, "00112233445566778899aabbccddeeff")
    assert (sa.psk_i, sa.dh_shared_secret, sa.skeyid) == (None, None, None)


def test_psk_with_the_secret_of_one_side_is_enough(read: Any, validator: Any) -> None:
    document = one_sa(psk="secretkey", dh_secret_i="0x1F2e3d4c")
    validator.validate(document)
    (sa,) = read(document).sas
    assert (sa.psk_i, sa.psk_r) == (b"secretkey", b"secretkey")
    assert (sa.dh_secret_i.hex(), sa.dh_secret_r) == ("1f2e3d4c", None)


def test_toml_says_the_same_as_json(read: Any) -> None:
    toml = f"""
        # from the daemon's log
        format = "ikev1-capture/1"
        psk = "secretkey"

        [[ike_sas]]
        cookies = ["{COOKIES[0]}", "{COOKIES[1]}"]
        dh_secret_r = "0102"
        [[ike_sas.quick_modes]]
        message_id = 7
        pfs_dh_shared_secret = "0304"
    """
    quick_modes = [{"message_id": 7, "pfs_dh_shared_secret": "0304"}]
    assert read(toml) == read(one_sa(dh_secret_r="0102", quick_modes=quick_modes) | {"psk": "secretkey"})


@pytest.mark.parametrize(
    ("psk", "octets"),
    [("secretkey", b"secretkey"), ("0x00ff", b"\x00\xff"), ("pässword", "pässword".encode()), ("0s ", b"0s ")],
)
def test_a_psk_is_text_or_hexadecimal(read: Any, psk: str, octets: bytes) -> None:
    (sa,) = read(one_sa(psk=psk)).sas
    assert (sa.psk_i, sa.psk_r) == (octets, octets)


def test_the_nearest_psk_holds(read: Any) -> None:
    config = {"initiator": {"psk": "a"}, "responder": {"psk": "b"}}
    document = FORMAT | {"config": config, "psk_r": "c", "ike_sas": [{"cookies": COOKIES, "psk_i": "d"}]}
    (sa,) = read(document).sas
    assert (sa.psk_i, sa.psk_r) == (b"d", b"c")
    (sa,) = read(document | {"ike_sas": [{"cookies": COOKIES, "psk": "e"}]}).sas
    assert (sa.psk_i, sa.psk_r) == (b"e", b"e")


def test_a_file_without_sas_holds_for_all(read: Any, validator: Any) -> None:
    document = FORMAT | {"psk": "secretkey"}
    validator.validate(document)
    sa = read(document).for_sa(CKY_I, CKY_R)
    assert (sa.cky_i, sa.cky_r, sa.psk_i) == (CKY_I, CKY_R, b"secretkey")


def test_members_that_are_not_known_are_reported(read: Any) -> None:
    quick_modes = [{"message_id": 1, "keymat": "00"}]
    keys = read(one_sa(dh_share_secret="00", quick_modes=quick_modes) | {"a note": 1})
    assert keys.ignored == ("$.ike_sas[0].dh_share_secret", "$.ike_sas[0].quick_modes[0].keymat", '$["a note"]')


def test_secrets_do_not_show_in_the_repr(read: Any) -> None:
    (sa,) = read(one_sa(psk="secretkey", ka="00112233445566778899aabbccddeeff", dh_secret_i="4142")).sas
    assert "secretkey" not in repr(sa)
    assert "AB" not in repr(sa)
    assert "cky_i" in repr(sa)


# ---- which SA --------------------------------------------------------------------------------------------------------


def test_keys_are_found_by_both_cookies(read: Any) -> None:
    other = "1122334455667788"
    entries = [{"cookies": COOKIES, "psk": "a"}, {"cookies": [COOKIES[0], other], "psk": "b"}]
    keys = read(FORMAT | {"ike_sas": entries})
    assert keys.for_sa(CKY_I, CKY_R).psk_i == b"a"
    assert keys.for_sa(CKY_I, bytes.fromhex(other)).psk_i == b"b"
    assert keys.for_sa(CKY_I, CKY_I) is None
    assert keys.for_sa(CKY_R, CKY_I) is None
    assert keys.for_sa(CKY_I, NONE).psk_i == b"a"


@pytest.mark.parametrize("cookies", [COOKIES[:1], [COOKIES[0], "0" * 16]])
def test_without_the_responders_cookie_the_initiators_decides(read: Any, cookies: list[str]) -> None:
    keys = read(FORMAT | {"ike_sas": [{"cookies": cookies, "ka": "0011"}]})
    assert keys.for_sa(CKY_I, CKY_R) is keys.sas[0]
    assert keys.for_sa(CKY_I, NONE) is keys.sas[0]
    assert keys.for_sa(CKY_R, CKY_I) is None


def test_keys_of_another_capture_have_no_cookie_in_common() -> None:
    (sa,) = read_keys(CAPTURES / "delete.keys.json").sas
    assert read_keys(CAPTURES / "dpd.keys.json").for_sa(sa.cky_i, sa.cky_r or NONE) is None


# ---- Wireshark's table -----------------------------------------------------------------------------------------------


def test_wiresharks_table_is_read_by_its_content(read: Any) -> None:
    keys = read(
        "# This file is automatically generated, DO NOT MODIFY.\n"
        f"{COOKIES[0]},00112233445566778899aabbccddeeff\r\n"
        f'\n"{COOKIES[1].upper()}", "0011223344556677"\n'
    )
    assert keys.form is KeyForm.WIRESHARK
    assert keys.for_sa(CKY_I, CKY_R).cipher_key.hex() == "00112233445566778899aabbccddeeff"
    assert keys.for_sa(CKY_R, NONE).cipher_key.hex() == "0011223344556677"
    assert keys.for_sa(NONE, CKY_R) is None


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (f"{COOKIES[0]},0011\n{COOKIES[1]}\n", "line 2", 'expected "cookie,key"'),
        (f"{COOKIES[0][:-2]},0011\n", "line 1", "a cookie has 8 octets, not 7"),
        (f"{COOKIES[0][:-1]},0011\n", "line 1", "cookie '79d54e666d20d8b' is an odd number of digits"),
        (f"# keys\n\n{COOKIES[0]},001\n", "line 3", "key '001' is an odd number of digits"),
        (f"{COOKIES[0]},zz\n", "line 1", "key 'zz' is not hexadecimal"),
        (f'{COOKIES[0]},""\n', "line 1", "the key is empty"),
        (f"{COOKIES[0]},0011\n{COOKIES[0]},0012\n", "line 2", "another key for the cookie of line 1"),
        (f"{COOKIES[0]},0011,22\n", "line 1", "neither JSON or TOML of ikev1-capture/1, nor Wireshark's table"),
        ("-----BEGIN CERTIFICATE-----\n", "line 1", "neither JSON or TOML"),
    ],
)
def test_a_damaged_table_is_refused_with_the_line(read: Any, text: str, where: str, what: str) -> None:
    with pytest.raises(UnreadableKeys) as caught:
        read(text)
    assert (caught.value.where, what in caught.value.what) == (where, True), caught.value.what


def test_a_byte_order_mark_is_no_fault(read: Any) -> None:
    assert read(b"\xef\xbb\xbf" + json.dumps(one_sa(ka="0011")).encode()).sas[0].cipher_key == b"\0\x11"


# ---- refused ---------------------------------------------------------------------------------------------------------

SA = "$.ike_sas[0]"
REFUSED = [
    (FORMAT, "$", "holds nothing to decrypt with"),
    (FORMAT | {"ike_sas": []}, "$", "holds nothing to decrypt with"),
    ({"ike_sas": []}, "$", 'no member "format"'),
    ({"format": "ikev1-capture/2", "psk": "x"}, "$.format", '"ikev1-capture/2" is not known'),
    ([], "$", "must be an object, is an array"),
    (FORMAT | {"ike_sas": {}}, "$.ike_sas", "must be an array, is an object"),
    (FORMAT | {"ike_sas": [{"psk": "x"}]}, SA, 'no member "cookies"'),
    (FORMAT | {"ike_sas": [{"cookies": []}]}, f"{SA}.cookies", "0 cookies"),
    (FORMAT | {"ike_sas": [{"cookies": [*COOKIES, COOKIES[0]]}]}, f"{SA}.cookies", "3 cookies"),
    (FORMAT | {"ike_sas": [{"cookies": [COOKIES[0], "00"]}]}, f"{SA}.cookies[1]", "a cookie has 8 octets, not 1"),
    (FORMAT | {"ike_sas": [{"cookies": ["0" * 16]}]}, f"{SA}.cookies", "initiator's cookie is not zero"),
    (one_sa(ka="123"), f"{SA}.ka", "an odd number of hexadecimal digits"),
    (one_sa(ka="xy"), f"{SA}.ka", "not hexadecimal"),
    (one_sa(ka=""), f"{SA}.ka", "empty"),
    (one_sa(ka="0x"), f"{SA}.ka", "empty"),
    (one_sa(ka=12), f"{SA}.ka", "must be a string, is a number"),
    (one_sa(initial_iv="00" * 9), f"{SA}.initial_iv", "not 9 octets"),
    (one_sa(psk=""), f"{SA}.psk", "may not be empty"),
    (one_sa(psk="0xabc"), f"{SA}.psk", "odd number"),
    (one_sa(psk=True), f"{SA}.psk", "is true or false"),
    (one_sa(trusted_certificates=["x"]), f"{SA}.trusted_certificates[0]", 'no PEM of the kind "CERTIFICATE"'),
    (one_sa(quick_modes=[{}]), f"{SA}.quick_modes[0]", 'no member "message_id"'),
    (one_sa(quick_modes=[{"message_id": 2**32}]), f"{SA}.quick_modes[0].message_id", "32 bits"),
    (one_sa(quick_modes=[{"message_id": -1}]), f"{SA}.quick_modes[0].message_id", "32 bits"),
    (one_sa(quick_modes=[{"message_id": "7"}]), f"{SA}.quick_modes[0].message_id", "must be an integer"),
    (one_sa(quick_modes=[{"message_id": True}]), f"{SA}.quick_modes[0].message_id", "must be an integer"),
    (one_sa(iv_chain=[{"message_id": 1}]), f"{SA}.iv_chain[0]", 'no member "iv"'),
    (one_sa(phase2_hashes=[{"message_id": 1, "name": "x"}]), f"{SA}.phase2_hashes[0]", 'no member "value"'),
    (FORMAT | {"pki": {"ca.crt": "x"}}, '$.pki["ca.crt"]', "no PEM"),
    (FORMAT | {"config": {"initiator": {"psk": 1}}}, "$.config.initiator.psk", "must be a string"),
]


@pytest.mark.parametrize(("document", "where", "what"), REFUSED)
def test_reader_and_schema_refuse_alike_and_the_reader_says_where(
    read: Any, validator: Any, document: Any, where: str, what: str
) -> None:
    with pytest.raises(UnreadableKeys) as caught:
        read(document)
    assert caught.value.where == where
    assert what in caught.value.what
    assert not validator.is_valid(document)


ONLY_THE_READER = [
    (one_sa(skeyid="00" * 20, skeyid_d="00" * 16), f"{SA}.skeyid_d", "all SKEYID have the hash's length"),
    (FORMAT | {"ike_sas": [{"cookies": COOKIES}] * 2}, "$.ike_sas[1]", "has the cookies of $.ike_sas[0]"),
    (
        FORMAT | {"pki": {"ca.crt": "-----BEGIN CERTIFICATE-----\nMIIDQ\n-----END CERTIFICATE-----"}},
        '$.pki["ca.crt"]',
        "damaged PEM",
    ),
]


@pytest.mark.parametrize(("document", "where", "what"), ONLY_THE_READER)
def test_what_a_schema_cannot_say_the_reader_refuses(read: Any, document: Any, where: str, what: str) -> None:
    with pytest.raises(UnreadableKeys) as caught:
        read(document)
    assert caught.value.where == where
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ("", "", "the file is empty"),
        ("# nothing\n\n", "", "the file is empty"),
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "octet 0", "not text in UTF-8"),
        ('{"format": "ikev1-capture/1",\n "ike_sas": [}', "line 2, column 14", "not JSON: Expecting value"),
        ('{"format": 1, "format": 2}', "", 'has the member "format" twice'),
        ("[" * 200_000, "", "nested too deeply"),
        ('{"format": ' + "1" * 5000 + "}", "", "not a key file"),
        ('format = "ikev1-capture/1"\nike_sas = [', "", "not TOML: "),
        ('{"format": "ikev1-capture/1", "psk": "\\ud800"}', "$.psk", "half of a surrogate pair"),
    ],
)
def test_what_is_no_key_file_is_refused(read: Any, content: Any, where: str, what: str) -> None:
    with pytest.raises(UnreadableKeys) as caught:
        read(content)
    assert (caught.value.where, what in caught.value.what) == (where, True), caught.value.what


def test_a_file_that_is_not_there_a_folder_and_a_huge_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableKeys, match=r"none\.json: cannot be read: No such file"):
        read_keys(tmp_path / "none.json")
    with pytest.raises(UnreadableKeys, match="cannot be read: Is a directory"):
        read_keys(tmp_path)
    with pytest.raises(UnreadableKeys, match="cannot be read"):
        read_keys("a\0b")
    with pytest.raises(UnreadableKeys, match="more than 16777216 octets"):
        read_keys("/dev/zero")


def test_an_error_is_one_line_with_file_place_and_fault(read: Any, tmp_path: Path) -> None:
    with pytest.raises(UnreadableKeys) as caught:
        read(one_sa(ka="123"))
    assert str(caught.value) == f"{tmp_path / 'some.keys'}: $.ike_sas[0].ka: an odd number of hexadecimal digits"


# ---- schema ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name.partition(".")[0])
def test_the_key_files_of_real_captures_are_valid(validator: Any, path: Path) -> None:
    validator.validate(json.loads(path.read_text()))


def test_schema_and_reader_know_the_same_members() -> None:
    assert set(SCHEMA["properties"]) == keyjson.FILE_MEMBERS
    assert set(SCHEMA["$defs"]["sa"]["properties"]) == keyjson.SA_MEMBERS
    assert set(SCHEMA["$defs"]["quickMode"]["properties"]) == keyjson.QUICK_MODE_MEMBERS


def test_the_documentation_names_what_the_reader_uses() -> None:
    text = (ROOT / "docs" / "keys-json.md").read_text()
    used = keyjson.SA_MEMBERS - keyjson.TOLD_SA
    assert {name for name in used if f"`{name}`" not in text} == set()


# ---- anything --------------------------------------------------------------------------------------------------------


@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_is_read_or_refused(read: Any, content: bytes) -> None:
    try:
        read(content)
    except UnreadableKeys as refusal:
        str(refusal).encode()


WORTHLESS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just([]), st.just({}), st.just([[]])
)
SEED = json.loads((CAPTURES / "quick_pfs_modp2048.keys.json").read_text())
SEED["ike_sas"][0].pop("messages")


@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_key_file_with_a_member_replaced_is_read_or_refused(read: Any, data: Any) -> None:
    document = copy.deepcopy(SEED)
    node: Any = document
    for _ in range(data.draw(st.integers(0, 4))):
        keys = sorted(node) if isinstance(node, dict) else range(len(node))
        inner = [key for key in keys if isinstance(node[key], dict | list) and node[key]]
        if not inner:
            break
        node = node[data.draw(st.sampled_from(inner))]
    node[data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))] = data.draw(
        WORTHLESS
    )
    try:
        read(document)
    except UnreadableKeys as refusal:
        assert refusal.where.startswith("$") or not refusal.where  # noqa: PT017 - either outcome is right

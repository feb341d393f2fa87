"""Published answers: digests, ciphers and Diffie-Hellman of the `openssl` backend, each named by its source."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from isakmp.crypto.known_answers import CipherAnswer
from isakmp.crypto.openssl import OpensslBackend
from isakmp.crypto.seeded import SeededBackend
from isakmp.spec.registries import EncryptionAlgorithm, Group, HashAlgorithm

BACKENDS = [OpensslBackend(), SeededBackend(seed=1)]
HI_THERE, JEFE = (b"\x0b" * 20, b"Hi There"), (b"Jefe", b"what do ya want for nothing?")
LARGE_KEY = (b"\xaa" * 80, b"Test Using Larger Than Block-Size Key - Hash Key First")


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
@pytest.mark.parametrize(
    ("source", "algorithm", "key", "data", "expected"),
    [
        ("RFC 2202 2.1", HashAlgorithm.MD5, b"\x0b" * 16, b"Hi There", "9294727a3638bb1c13f48ef8158bfc9d"),
        ("RFC 2202 2.2", HashAlgorithm.MD5, *JEFE, "750c783e6ab0b503eaa86e310a5db738"),
        ("RFC 2202 2.6", HashAlgorithm.MD5, *LARGE_KEY, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"),
        ("RFC 2202 3.1", HashAlgorithm.SHA1, *HI_THERE, "b617318655057264e28bc0b6fb378c8ef146be00"),
        ("RFC 2202 3.2", HashAlgorithm.SHA1, *JEFE, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("RFC 2202 3.6", HashAlgorithm.SHA1, *LARGE_KEY, "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        (
            "RFC 4231 4.2",
            HashAlgorithm.SHA2_256,
            *HI_THERE,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            "RFC 4231 4.2",
            HashAlgorithm.SHA2_384,
            *HI_THERE,
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
        ),
        (
            "RFC 4231 4.2",
            HashAlgorithm.SHA2_512,
            *HI_THERE,
            (
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
            ),
        ),
        (
            "RFC 4231 4.3",
            HashAlgorithm.SHA2_256,
            *JEFE,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ],
)
def test_prf_is_hmac_of_the_published_vectors(
    backend: OpensslBackend, source: str, algorithm: HashAlgorithm, key: bytes, data: bytes, expected: str
) -> None:
    assert backend.prf(algorithm, key, data).hex() == expected, source


@pytest.mark.parametrize(
    ("source", "algorithm", "expected"),
    [
        ("RFC 1321 A.5", HashAlgorithm.MD5, "900150983cd24fb0d6963f7d28e17f72"),
        ("FIPS 180-1 A", HashAlgorithm.SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "FIPS 180-2 B.1",
            HashAlgorithm.SHA2_256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "FIPS 180-2 D.1",
            HashAlgorithm.SHA2_384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            "FIPS 180-2 C.1",
            HashAlgorithm.SHA2_512,
            (
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ),
    ],
)
def test_hash_of_abc_is_the_published_one(source: str, algorithm: HashAlgorithm, expected: str) -> None:
    assert OpensslBackend().hash(algorithm, b"abc").hex() == expected, source


CAMELLIA_KEY = "0123456789abcdeffedcba9876543210"
COUNTING = bytes(range(16)).hex()
SP800_38A = "6bc1bee22e409f96e93d7e117393172a"
CIPHER_VECTORS = [
    CipherAnswer(
        "RFC 3602 4 case 1",
        EncryptionAlgorithm.AES_CBC,
        "06a9214036b8a15b512e03d534120006",
        "3dafba429d9eb430b422da802c9fac41",
        b"Single block msg".hex(),
        "e353779c1079aeb82708942dbe77181a",
    ),
    CipherAnswer(
        "RFC 3602 4 case 2",
        EncryptionAlgorithm.AES_CBC,
        "c286696d887c9aa0611bbb3e2025a45a",
        "562e17996d093d28ddb3ba695a2e6f58",
        bytes(range(32)).hex(),
        "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
    ),
    CipherAnswer(
        "SP 800-38A F.2.3",
        EncryptionAlgorithm.AES_CBC,
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
        COUNTING,
        SP800_38A,
        "4f021db243bc633d7178183a9fa071e8",
    ),
    CipherAnswer(
        "SP 800-38A F.2.5",
        EncryptionAlgorithm.AES_CBC,
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        COUNTING,
        SP800_38A,
        "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
    ),
    CipherAnswer(
        "FIPS 81 C",
        EncryptionAlgorithm.DES_CBC,
        "0123456789abcdef",
        "1234567890abcdef",
        b"Now is the time for all ".hex(),
        "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
    ),
    CipherAnswer(
        "SP 800-67 B.1",
        EncryptionAlgorithm.TRIPLE_DES_CBC,
        "0123456789abcdef23456789abcdef01456789abcdef0123",
        "",
        b"The qufck brown fox jump".hex(),
        "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900",
    ),
    CipherAnswer(
        "RFC 3713 A",
        EncryptionAlgorithm.CAMELLIA_CBC,
        CAMELLIA_KEY,
        "",
        CAMELLIA_KEY,
        "67673138549669730857065648eabe43",
    ),
    CipherAnswer(
        "RFC 3713 A",
        EncryptionAlgorithm.CAMELLIA_CBC,
        CAMELLIA_KEY + "0011223344556677",
        "",
        CAMELLIA_KEY,
        "b4993401b3e996f84ee5cee7d79b09b9",
    ),
    CipherAnswer(
        "RFC 3713 A",
        EncryptionAlgorithm.CAMELLIA_CBC,
        CAMELLIA_KEY + "00112233445566778899aabbccddeeff",
        "",
        CAMELLIA_KEY,
        "9acc237dff16d76c20ef7c919e3a7509",
    ),
    CipherAnswer(
        "RFC 2144 B.1",
        EncryptionAlgorithm.CAST_CBC,
        "0123456712345678234567893456789a",
        "",
        "0123456789abcdef",
        "238b4fe5847e44b2",
    ),
    CipherAnswer(
        "RFC 2144 B.1",
        EncryptionAlgorithm.CAST_CBC,
        "01234567123456782345",
        "",
        "0123456789abcdef",
        "eb6a711a2c02271b",
    ),
    CipherAnswer(
        "RFC 2144 B.1", EncryptionAlgorithm.CAST_CBC, "0123456712", "", "0123456789abcdef", "7ac816d16e9b302e"
    ),
    CipherAnswer(
        "Young's Blowfish vectors, CBC",
        EncryptionAlgorithm.BLOWFISH_CBC,
        "0123456789abcdeff0e1d2c3b4a59687",
        "fedcba9876543210",
        b"7654321 Now is the time for \0\0\0\0".hex(),
        "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc",
    ),
    CipherAnswer(
        "Young's Blowfish vectors, ECB",
        EncryptionAlgorithm.BLOWFISH_CBC,
        "ffffffffffffffff",
        "",
        "ffffffffffffffff",
        "51866fd5b85ecb8a",
    ),
    CipherAnswer(
        "Lai's IDEA vector",
        EncryptionAlgorithm.IDEA_CBC,
        "00010002000300040005000600070008",
        "",
        "0000000100020003",
        "11fbed2b01986de5",
    ),
]


@pytest.mark.parametrize("vector", CIPHER_VECTORS, ids=lambda v: f"{v.source}, {v.algorithm.name}, {4 * len(v.key)}")
def test_ciphers_give_the_published_ciphertext_and_back(vector: CipherAnswer) -> None:
    backend = OpensslBackend()
    if backend.refusal(vector.algorithm) is not None:
        pytest.skip(f"the installed OpenSSL refuses {vector.algorithm.label}")
    key, plaintext, ciphertext = map(bytes.fromhex, (vector.key, vector.plaintext, vector.ciphertext))
    if vector.iv:
        iv = bytes.fromhex(vector.iv)
        assert backend.encrypt(vector.algorithm, key, iv, plaintext) == ciphertext
        assert backend.decrypt(vector.algorithm, key, iv, ciphertext) == plaintext
        return
    block = 16 if vector.algorithm is EncryptionAlgorithm.CAMELLIA_CBC else 8
    for start in range(0, len(plaintext), block):
        one, other = plaintext[start : start + block], ciphertext[start : start + block]
        assert backend.encrypt(vector.algorithm, key, bytes(block), one) == other
        assert backend.decrypt(vector.algorithm, key, bytes(block), other) == one


class Agreement(NamedTuple):
    """A published Diffie-Hellman exchange: two secrets, what they share, and A's public value where it is not long."""

    source: str
    group: Group
    a: str
    b: str
    shared: str
    public_a: str = ""


AGREEMENTS = [
    Agreement(
        "RFC 5114 A.1",
        Group.MODP_1024_160,
        "B9A3B3AE 8FEFC1A2 93049650 7086F845 5D48943E",
        "9392C9F9 EB6A7A6A 9022F7D8 3E7223C6 835BBDDA",
        """5C804F45 4D30D9C4 DF85271F 93528C91 DF6B48AB 5F80B3B5 9CAAC1B2 8F8ACBA9 CD3E39F3 CB614525
           D9521D2E 644C53B8 07B810F3 40062F25 7D7D6FBF E8D5E8F0 72E9B6E9 AFDA9413 EAFB2E8B 0699B1FB
           5A0CACED DEAEAD7E 9CFBB36A E2B42083 5BD83A19 FB0B5E96 BF8FA4D0 9E345525 167ECD91 55416F46
           F408ED31 B63C6E6D""",
        """2A853B3D 92197501 B9015B2D EB3ED84F 5E021DCC 3E52F109 D3273D2B 7521281C BABE0E76 FF5727FA
           8ACCE269 56BA9A1F CA26F202 28D8693F EB10841D 84A73600 54ECE5A7 F5B7A61A D3DFB3C6 0D2E4310
           6D8727DA 37DF9CCE 95B47875 5D06BCEA 8F9D4596 5F75A5F3 D1DF3701 165FC9E5 0C4279CE B07F9895
           40AE96D5 D88ED776""",
    ),
    Agreement(
        "RFC 5114 A.2",
        Group.MODP_2048_224,
        "22E62601 DBFFD067 08A680F7 47F361F7 6D8F4F72 1A0548E4 83294B0C",
        "4FF3BC96 C7FC6A6D 71D3B363 800A7CDF EF6FC41B 4417EA15 353B7590",
        """34D9BDDC 1B42176C 313FEA03 4C21034D 074A6313 BB4ECDB3 703FFF42 4567A46B DF75530E DE0A9DA5
           229DE7D7 6732286C BC0F91DA 4C3C852F C099C679 531D94C7 8AB03D9D ECB0A4E4 CA8B2BB4 591C4021
           CF8CE3A2 0A541D33 994017D0 200AE2C9 516E2FF5 14577926 9E862B0F B474A2D5 6DC31ED5 69A7700B
           4C4AB16B 22A45513 531EF523 D7121207 7B5A169B DEFFAD7A D9608284 C7795B6D 5A5183B8 7066DE17
           D8D671C9 EBD8EC89 544D45EC 061593D4 42C62AB9 CE3B1CB9 943A1D23 A5EA3BCF 21A01471 E67E003E
           7F8A69C7 28BE490B 2FC88CFE B92DB6A2 15E5D03C 17C464C9 AC1A46E2 03E13F95 2995FB03 C69D3CC4
           7FCB510B 6998FFD3 AA6DE73C F9F63869""",
    ),
    Agreement(
        "RFC 5114 A.3",
        Group.MODP_2048_256,
        "0881382C DB87660C 6DC13E61 4938D5B9 C8B2F248 581CC5E3 1B354543 97FCE50E",
        "7D62A7E3 EF36DE61 7B13D1AF B82C780D 83A23BD4 EE670564 5121F371 F546A53D",
        """86C70BF8 D0BB81BB 01078A17 219CB7D2 7203DB2A 19C877F1 D1F19FD7 D77EF225 46A68F00 5AD52DC8
           4553B78F C60330BE 51EA7C06 72CAC151 5E4B35C0 47B9A551 B88F39DC 26DA14A0 9EF74774 D47C762D
           D177F9ED 5BC2F11E 52C879BD 95098504 CD9EECD8 A8F9B3EF BD1F008A C5853097 D9D1837F 2B18F77C
           D7BE01AF 80A7C7B5 EA3CA54C C02D0C11 6FEE3F95 BB873993 85875D7E 86747E67 6E728938 ACBFF709
           8E05BE4D CFB24052 B83AEFFB 14783F02 9ADBDE7F 53FAE920 84224090 E007CEE9 4D4BF2BA CE9FFD4B
           57D2AF7C 724D0CAA 19BF0501 F6F17B4A A10F425E 3EA76080 B4B9D6B3 CEFEA115 B2CEB878 9BB8A3B0
           EA87FEBE 63B6C8F8 46EC6DB0 C26C5D7C""",
    ),
    Agreement(
        "RFC 5114 A.4",
        Group.ECP_192,
        "323FA316 9D8E9C65 93F59476 BC142000 AB5BE0E2 49C43426",
        "631F95BB 4A67632C 9C476EEE 9AB695AB 240A0499 307FCF62",
        "AD420182 633F8526 BFE954AC DA376F05 E5FF4F83 7F54FEBE",
        """CD46489E CFD6C105 E7B3D325 66E2B122 E249ABAA DD870612
           68887B48 77DF51DD 4DC3D6FD 11F0A26F 8FD38443 17916E9A""",
    ),
    Agreement(
        "RFC 5114 A.5",
        Group.ECP_224,
        "B558EB6C 288DA707 BBB4F8FB AE2AB9E9 CB62E3BC 5C7573E2 2E26D37F",
        "AC3B1ADD 3D9770E6 F6A708EE 9F3B8E0A B3B480E9 F27F85C8 8B5E6D18",
        "52272F50 F46F4EDC 91515690 92F46DF2 D96ECC3B 6DC1714A 4EA949FA",
        """49DFEF30 9F81488C 304CFF5A B3EE5A21 54367DC7 833150E0 A51F3EEB
           4F2B5EE4 5762C4F6 54C1A0C6 7F54CF88 B016B51B CE3D7C22 8D57ADB4""",
    ),
    Agreement(
        "RFC 5903 8.1",
        Group.ECP_256,
        "C88F01F5 10D9AC3F 70A292DA A2316DE5 44E9AAB8 AFE84049 C62A9C57 862D1433",
        "C6EF9C5D 78AE012A 011164AC B397CE20 88685D8F 06BF9BE0 B283AB46 476BEE53",
        "D6840F6B 42F6EDAF D13116E0 E1256520 2FEF8E9E CE7DCE03 812464D0 4B9442DE",
        """DAD0B653 94221CF9 B051E1FE CA5787D0 98DFE637 FC90B9EF 945D0C37 72581180
           5271A046 1CDB8252 D61F1C45 6FA3E59A B1F45B33 ACCF5F58 389E0577 B8990BB3""",
    ),
    Agreement(
        "RFC 5114 A.7",
        Group.ECP_384,
        """D27335EA 71664AF2 44DD14E9 FD126071 5DFD8A79 65571C48 D709EE7A 7962A156 D706A90C BCB5DF29
           86F05FEA DB9376F1""",
        """52D1791F DB4B70F8 9C0F00D4 56C2F702 3B612526 2C36A7DF 1F802311 21CCE3D3 9BE52E00 C194A413
           2C4A6C76 8BCD94D2""",
        """5EA1FC4A F7256D20 55981B11 0575E0A8 CAE53160 137D904C 59D926EB 1B8456E4 27AA8A45 40884C37
           DE159A58 028ABC0E""",
        """793148F1 787634D5 DA4C6D90 74417D05 E057AB62 F82054D1 0EE6B040 3D627954 7E6A8EA9 D1FD7742
           7D016FE2 7A8B8C66 C6C41294 331D23E6 F480F4FB 4CD40504 C947392E 94F4C3F0 6B8F398B B29E4236
           8F7A6859 23DE3B67 BACED214 A1A1D128""",
    ),
    Agreement(
        "RFC 5114 A.8",
        Group.ECP_521,
        """0113 F82DA825 735E3D97 276683B2 B74277BA D27335EA 71664AF2 430CC4F3 3459B966 9EE78B3F
           FB9B8683 015D344D CBFEF6FB 9AF4C6C4 70BE2545 16CD3C1A 1FB47362""",
        """00CE E3480D86 45A17D24 9F2776D2 8BAE6169 52D1791F DB4B70F7 C3378732 AA1B2292 8448BCD1
           DC2496D4 35B01048 066EBE4F 72903C36 1B1A9DC1 193DC2C9 D0891B96""",
        """00CD EA89621C FA46B132 F9E4CFE2 261CDE2D 4368EB56 56634C7C C98C7A00 CDE54ED1 866A0DD3
           E6126C9D 2F845DAF F82CEB1D A08F5D87 521BB0EB ECA77911 169C20CC""",
        """01EB B34DD757 21ABF8AD C9DBED17 889CBB97 65D90A7C 60F2CEF0 07BB0F2B 26E14881 FD4442E6
           89D61CB2 DD046EE3 0E3FFD20 F9A45BBD F6413D58 3A2DBF59 924FD35C
           00F6 B632D194 C0388E22 D8437E55 8C552AE1 95ADFD15 3F92D749 08351B2F 8C4EDA94 EDB0916D
           1B53C020 B5EECAED 1A5FC38A 233E4830 587BB2EE 3489B3B4 2A5A86A4""",
    ),
    Agreement(
        "RFC 7027 A.1",
        Group.BRAINPOOL_P256R1,
        "81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
        "55E40BC41E37E3E2AD25C3C6654511FFA8474A91A0032087593852D3E7D76BD3",
        "89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B",
        """44106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5
           8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC""",
    ),
]


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
@pytest.mark.parametrize("vector", AGREEMENTS, ids=lambda vector: f"{vector.source}, {vector.group.name}")
def test_groups_give_the_published_shared_secret(backend: OpensslBackend, vector: Agreement) -> None:
    if backend.refusal(vector.group) is not None:
        pytest.skip(f"the installed OpenSSL refuses {vector.group.label}")
    a, b = (backend.private_from(vector.group, bytes.fromhex(secret)) for secret in (vector.a, vector.b))
    if vector.public_a:
        assert a.public == bytes.fromhex(vector.public_a)
    backend.check_public(vector.group, b.public)
    assert backend.agree(vector.group, a, b.public) == bytes.fromhex(vector.shared)
    assert backend.agree(vector.group, b, a.public) == bytes.fromhex(vector.shared)

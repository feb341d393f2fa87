"""``python -m isakmp``: the command line, where the console script is not on the PATH."""

import sys

from isakmp.cli import main

sys.exit(main())

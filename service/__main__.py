"""`python -m service` is the same as `exchange-connector`."""

from service.cli import main

main()

"""What the connector costs, measured: `nox -s bench`."""

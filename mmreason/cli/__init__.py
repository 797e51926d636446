"""The command line: ``mmreason train | eval | explain | methods | data``."""

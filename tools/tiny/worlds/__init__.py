"""The worlds besides transit maps that mmreason-tiny is shown, each with what a teacher says about its pictures."""

"""Credit: what each token of each completion is praised or blamed with."""

"""Looking at what a run wrote: traces with their pictures, rewards, tokens and boxes, and the curves of a run."""

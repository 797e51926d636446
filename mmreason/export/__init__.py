"""From a run folder to a model that anybody loads: plain weights, processor, and a card that says what was done."""

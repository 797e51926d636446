"""Papers' claims in miniature: a method against its baseline, same data, same steps, several seeds."""

"""Gold to figures: how good retrieval and screening are, with their intervals."""

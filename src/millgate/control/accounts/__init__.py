"""Companies, people and the roles that open controllers to them."""

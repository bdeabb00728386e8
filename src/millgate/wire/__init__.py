"""HTTP as values: what a plane is given and what it answers, and the faces towards servers."""

"""One file per grant; each spends its credential before anything is minted."""

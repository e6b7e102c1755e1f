"""What must hold at every door: nothing of another tenant, nothing that is deleted, nothing for nobody."""

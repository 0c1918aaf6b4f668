---- MODULE MC_lease_fix_release ----
EXTENDS Lease
cOwner == <<1,1,3>>
cCfg == <<{1,2,3},{1,2,3}>>
cGP == {<<2,1>>}
cPP == <<{2},{2},{2}>>
====

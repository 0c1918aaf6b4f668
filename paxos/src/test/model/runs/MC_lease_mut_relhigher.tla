---- MODULE MC_lease_mut_relhigher ----
EXTENDS Lease
cOwner == <<1,1,3>>
cCfg == <<{1,2,3},{1,2,3}>>
cGP == {<<2,1>>}
cPP == <<{},{2},{2}>>
====

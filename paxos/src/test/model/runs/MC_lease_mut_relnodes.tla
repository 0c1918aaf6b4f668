---- MODULE MC_lease_mut_relnodes ----
EXTENDS Lease
cOwner == <<1,3,3>>
cCfg == <<{1,2,3},{1,2,3}>>
cGP == {<<2,1>>}
cPP == <<{2},{},{2}>>
====

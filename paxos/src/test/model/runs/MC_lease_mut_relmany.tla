---- MODULE MC_lease_mut_relmany ----
EXTENDS Lease
cOwner == <<1,1,2>>
cCfg == <<{1,2,3},{1,2,3}>>
cGP == {<<2,1>>,<<3,1>>}
cPP == <<{2,3},{},{1}>>
====

---- MODULE MC_lease_fix_synced ----
EXTENDS Lease
cOwner == <<1,2>>
cCfg == <<{1,2,3},{1,2,3}>>
cGP == {<<3,1>>}
cPP == <<{2,3},{3}>>
====

---- MODULE MC_lease_mut_relboots ----
EXTENDS Lease
cOwner == <<1,1,3>>
cCfg == <<{1,2,3},{1,2,3}>>
cGP == {<<2,1>>}
cPP == <<{2},{2},{2}>>
\* Guide: node 3 is never started anew, only ballot 2 is released, and only the last ballot gets votes.
GNext == Next /\ boot'[3] = 1 /\ rmsg' \subseteq {2} /\ vot'[1] = {} /\ vot'[2] = {}
GSpec == Init /\ [][GNext]_vars
====

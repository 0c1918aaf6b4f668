---- MODULE MC_reach_ownepoch ----
EXTENDS Consensus
cOwner == <<1,1,3,3>>
cConfigs == <<{1,2,3},{1,3,4}>>
cPartP == <<{1,2},{1,3,4},{2,3},{3,4}>>
cPartA == <<{1,2},{},{2,3},{3,4}>>
\* What has happened: "started", round 3 in the epoch of its owner, which had heard of a higher one;
\* "counted", the change in it.
VARIABLE own
Heard(n) == \E x \in Bal : pst[x].st # "idle" /\ n \in PartP[x] /\ pst[x].ep > Ver(log[n])
OInit == Init /\ own = "no"
ONext == Next /\ own' = CASE own = "no" /\ pst[3].st = "idle" /\ pst'[3].st = "prep" /\ Heard(3) -> "started"
                          [] own = "started" /\ pst[3].mine = 0 /\ pst'[3].mine = 1 /\ IsEff(log'[3][1]) -> "counted"
                          [] OTHER -> own
OSpec == OInit /\ [][ONext]_<<vars, own>>
\* Must FAIL: it never goes on from there, in the new epoch, to the end of the log.
ReachOn == ~(own = "counted" /\ pst[4].ep = 1 /\ pst[4].mine = MaxInst)
====

---- MODULE MC_reach_dropped ----
EXTENDS Consensus
cOwner == <<1,1,3>>
cConfigs == <<{1,2,3},{1,3,4},{1,2,3}>>
cPartP == <<{1,2},{1,4},{2,3}>>
cPartA == <<{1,2},{1,4},{2,3}>>
====

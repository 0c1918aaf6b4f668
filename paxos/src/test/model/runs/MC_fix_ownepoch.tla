---- MODULE MC_fix_ownepoch ----
EXTENDS Consensus
cOwner == <<1,1,3,3>>
cConfigs == <<{1,2,3},{1,3,4}>>
cPartP == <<{1,2},{1,3,4},{2,3},{3,4}>>
cPartA == <<{1,2},{},{2,3},{3,4}>>
====

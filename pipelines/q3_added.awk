# A row of added.tsv of make q3, from ledgers of the source; head=1: with a header.
#   awk -v condition=KIND -v seed=SEED -v added=N -v head=1 -f q3_added.awk path.tsv ledger.tsv rest.tsv before.tsv
# ledger: of the line to the target with N examples more, over all of the source's; rest: over those that were not added; before: of the line to the
# target without more, over the same rest. Of what the line forgets that is 0, as the rest is what it keeps.
BEGIN {
    FS = OFS = "\t"
    if (head) print "condition", "seed", "from", "to", "task", "added", "n", "forgotten_share", "rest", "rest_share", "rest_before", "rest_less"
}
FNR == 1 { file++; for (i = 1; i <= NF; i++) at[$i] = i; next }
file == 1 { from = $at["from"]; to = $at["to"]; next }
{ n[file] = $at["n"]; share[file] = $at["forgotten"] / $at["n"] } # the last row is of the whole path
function show(x) { return sprintf("%.9g", x) }
END {
    if (file < 4) exit 1
    print condition, seed, from, to, "source", added, n[2], show(share[2]), n[3], show(share[3]), show(share[4]), show(share[3] - share[4])
}

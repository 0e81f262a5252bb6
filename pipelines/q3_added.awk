# A row of added.tsv of make q3, from ledgers of the source; head=1: with a header.
#   awk -v condition=KIND -v seed=SEED -v added=N -v head=1 -f q3_added.awk path.tsv ledger.tsv common.tsv
# ledger: of the line to the target with N examples more, over all of the source's, those N among them; common: over those that no kind has added, an empty
# file where there are none.
BEGIN {
    FS = OFS = "\t"
    if (head) print "condition", "seed", "from", "to", "task", "added", "n", "forgotten_share", "common", "common_share", "common_learned"
}
FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
FILENAME == ARGV[1] { from = $at["from"]; to = $at["to"]; next }
$at["segment"] == "all" { n[FILENAME] = $at["n"]; forgotten[FILENAME] = $at["forgotten"]; learned[FILENAME] = $at["learned"] }
function share(count, file) { return n[file] ? sprintf("%.9g", count[file] / n[file]) : "nan" }
END {
    if (from == "" || !n[ARGV[2]]) exit 1
    print condition, seed, from, to, "source", added, n[ARGV[2]], share(forgotten, ARGV[2]), n[ARGV[3]] + 0, share(forgotten, ARGV[3]), share(learned, ARGV[3])
}

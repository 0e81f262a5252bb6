# Whole-model distances of several mc-dist tables, a row a file: path l2 rms cosine
BEGIN { OFS = "\t"; print "path", "l2", "rms", "cosine" }
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
$at["group"] == "all" {
    name = FILENAME
    sub(/.*distance-/, "", name)
    sub(/\.tsv$/, "", name)
    print name, $at["l2"], $at["rms"], $at["cosine"]
}

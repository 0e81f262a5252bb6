# Whole-model distances of several mc-dist tables, a row a file: path l2 rms cosine
BEGIN { OFS = "\t" }
FNR == 1 { if (NR == 1) print "path", "l2", "rms", "cosine"; next }
$3 == "all" { name = FILENAME; sub(/.*distance-/, "", name); sub(/\.tsv$/, "", name); print name, $5, $6, $7 }

# A table of examples with only those whose numbers are listed: awk -f q3_only.awk numbers.txt each.tsv
BEGIN { FS = "\t" }
FILENAME == ARGV[1] { wanted[$1]; next }
FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "example") example = i; print; next }
$example in wanted

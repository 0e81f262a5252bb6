# A table of examples without those whose numbers are listed: awk -f q3_rest.awk numbers.txt each.tsv
BEGIN { FS = "\t" }
FILENAME == ARGV[1] { drop[$1]; next }
FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "example") example = i; print; next }
!($example in drop)

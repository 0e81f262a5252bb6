# A row of methods.tsv: awk -v method= -v seed= -v bytes= -f row.awk METHOD.rate SCORE.tsv SUMMARY.tsv
BEGIN { FS = OFS = "\t" }
FNR == 1 { file++; if (file > 1) { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next } }
FNR == 1 { lr = $2 }
file == 2 { accuracy = $at["accuracy"]; loss = $at["loss"] }
file == 3 { parameters = $at["parameters"]; seconds = $at["seconds"]; peak = $at["peak_mb"] }
END { print method, lr, seed, accuracy, loss, parameters, bytes, seconds, peak }

# The table of `make bench`: evaluation and training in both precisions, beside the peer and what the
# matrix products alone would allow.
#
#   gnuplot -c plots/speed.gp speed.tsv speed.svg
#
# Bars are medians in thousands of tokens a second, whiskers the least and greatest of the rounds; the
# limit is the rate of the products over the dense work of a token. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = k < 10 ? value(sprintf("ARG%d", k)) : ARGV[k] }
usage = "usage: gnuplot -c speed.gp SPEED.tsv OUT.svg|OUT.png"
named = ""
load dir . "args.gp"
if (conditions != 1) { print usage; exit status 2 }

# Column COLUMN of a measure's row; NaN where there is none.
cell(measure, column) = real(system(sprintf( \
    "awk -F '\t' '$1 == \"%s\" { print $%d; found = 1 } END { if (!found) print \"NaN\" }'", \
    measure, column) . files[1]))
if (!(cell("evaluation f32", 2) > 0)) { print "speed.gp: " . files[1] . " is no table of make bench"; exit status 1 }
array work[2] = ["evaluation", "training"]
array precision[2] = ["f32", "bf16"]
set print $D
do for [i = 1:2] { do for [j = 1:2] {
    what = work[i] . " " . precision[j]
    scale = cell(what . " speed", 2) / cell(what, 2) / 1000
    limit = cell("products " . precision[j] . " 128x384x384", 2) / cell(work[i] . " work", 2)
    print sprintf("\"%s\" %g %g %g %g %g %g %g", what, cell(what, 2) * scale, cell(what, 4) * scale, \
        cell(what, 5) * scale, cell("peer " . what, 2) * scale, cell("peer " . what, 4) * scale, \
        cell("peer " . what, 5) * scale, limit)
} }
unset print

wide = 720; high = 400; glyph = 13
load dir . "style.gp"
set boxwidth .36
set xrange [-.6:3.6]
set yrange [0:*]
set ylabel "thousand tokens a second"
set style fill solid .75 noborder
set key top right reverse Left samplen 1.5
plot $D using ($0 - .2):2:xtic(1) with boxes linecolor rgb ink[1] title "mctools, whole process", \
     '' using ($0 + .2):5 with boxes linecolor rgb ink[2] title "PyTorch, its loop alone", \
     '' using ($0 - .2):3:(0):($4 - $3) with vectors nohead linetype 7 dashtype 1 linewidth 1 notitle, \
     '' using ($0 + .2):6:(0):($7 - $6) with vectors nohead linetype 7 dashtype 1 linewidth 1 notitle, \
     '' using ($0 - .4):8:(.8):(0) with vectors nohead linetype 8 dashtype 1 title "matrix products alone"
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }

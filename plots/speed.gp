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
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c speed.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] SPEED.tsv"
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
peers = 0
set print $D
do for [i = 1:2] { do for [j = 1:2] {
    what = work[i] . " " . precision[j]
    scale = cell(what . " speed", 2) / cell(what, 2) / 1000
    peers = peers || cell("peer " . what, 2) > 0
    limit = cell("products " . precision[j] . " 128x384x384", 2) / cell(work[i] . " work", 2)
    print sprintf("\"%s\" %g %g %g %g %g %g %g", what, cell(what, 2) * scale, cell(what, 4) * scale, \
        cell(what, 5) * scale, cell("peer " . what, 2) * scale, cell("peer " . what, 4) * scale, \
        cell("peer " . what, 5) * scale, limit)
} }
unset print

glyph = on(13, 10)
wide = on(720, paper)
left = on(70, 52); right = on(14, 8.)
panel_wide = wide - left - right
panel = on(330, panel_wide > 400 ? 240 : .62 * panel_wide)
below = on(34, (panel_wide < 400 ? 3.9 : 2.6) * glyph)
inner = panel + below
array title[3]
array look[3]
ours = "boxes fillcolor rgb ink[1] dashtype 1 linewidth 1 fillstyle solid .75 border rgb ink[1]"
theirs = "boxes fillcolor rgb ink[2] dashtype 1 linewidth 1 fillstyle solid .3 border rgb ink[2]"
title[1] = "mctools, whole process"; look[1] = ours
title[2] = "PyTorch, its loop alone"; look[2] = theirs
entries = peers ? 3 : 2
title[entries] = "matrix products alone"; look[entries] = "lines linetype 8 dashtype 1"
notes = 1
array note[1] = ["whiskers: least and greatest round"]
array note_look[1] = ["lines linetype 7 dashtype 1 linewidth 1"]
load dir . "layout.gp"
load dir . "style.gp"
set boxwidth .36
set xrange [-.6:3.6]
set yrange [0:*]
set xtics ("" -1)
do for [i = 0:3] { set xtics add (sprintf(panel_wide < 400 ? "%s\n%s" : "%s %s", work[i / 2 + 1], precision[i % 2 + 1]) i) }
unset key
set multiplot layout 1, 1 margins left / wide, 1 - right / wide, (foot + below) / high, top
eval beside_axis("'thousand tokens a second'")
# A whisker at X from column K to the next, with ends, which are seen also where all rounds are alike.
drawn = " with vectors nohead linetype 7 dashtype 1 linewidth 1 notitle, "
whisker(x, k) = sprintf("$D using (%s):%d:(0):($%d - $%d)", x, k, k + 1, k) . drawn \
    . sprintf("$D using (%s - .08):%d:(.16):(0)", x, k) . drawn . sprintf("$D using (%s - .08):%d:(.16):(0)", x, k + 1) . drawn
command = "plot $D using ($0 - .2):2 with " . ours . " notitle, " . whisker("$0 - .2", 3)
if (peers) { command = command . "$D using ($0 + .2):5 with " . theirs . " notitle, " . whisker("$0 + .2", 6) }
eval command . "$D using ($0 - .4):8:(.8):(0) with vectors nohead linetype 8 dashtype 1 notitle"
load dir . "key.gp"
load dir . "notes.gp"
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }

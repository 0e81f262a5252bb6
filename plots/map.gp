# The map of a data set: how sure a model was of every example while it learned it, and how much that varied
# (Swayamdipta et al. 2020).
#
#   gnuplot -c plots/map.gp map.svg knowledge.tsv
#   gnuplot -c plots/map.gp map.png knowledge.tsv --marked forgotten.txt --title "sst2"
#
# The argument that ends in .svg, .png or .pdf is the output; knowledge.tsv is the table of mc-knowledge --dynamics.
# Colours are the share of epochs in which an example was right. --marked FILE: numbers of examples, a line
# each (mc-knowledge --select), which get a ring; --as TEXT says what they are. Of over 4,000 examples every k-th is drawn, and
# the picture says so. What is drawn replaces the output when it is whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c map.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] [--title TEXT] [--marked FILE [--as TEXT]] knowledge.tsv"
named = "--marked --as"
load dir . "args.gp"
if (conditions != 1) { print usage; exit status 2 }

marks = value_of[1] eq "" ? "" : " " . quoted(place(value_of[1]))
text = system("LC_ALL=C awk -f " . quoted(place(dir . "map.awk")) . files[1] . marks)
if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
set print $D
print text
unset print
last = $D[|$D|]
step = int(word(last, 1)); n = int(word(last, 2)); marked = int(word(last, 3))

array title[2]
title[1] = step > 1 ? sprintf("examples (%d, one in %d drawn)", n, step) : sprintf("examples (%d)", n)
title[2] = sprintf("%s (%d)", value_of[2] eq "" ? "marked" : value_of[2], marked)
entries = marked > 0 ? 2 : 1
ring = marked > 100 ? .5 : .8 # many rings leave the colours inside to be seen
glyph = on(13, 10)
wide = on(520., paper)
left = on(84., 52.); right = on(96., 68.)
below = on(60, 4.2 * glyph)
panel_wide = wide - left - right
panel = on(340, panel_wide > 330 ? 300 : .9 * panel_wide)
inner = panel + below
load dir . "layout.gp"
load dir . "style.gp"
array look[2]
look[1] = "points pointtype 7 pointsize .5 linecolor rgb ink[1]"
look[2] = "points pointtype 6 pointsize .9 linewidth 1 linecolor rgb ink[7]"
set palette defined (0 ink[2], .5 "#E8D9A8", 1 ink[1])
set cbrange [0:1]
set cbtics 0, .2, 1
set xrange [0:*]
set xtics .1
set yrange [-.02:1.02]
set ytics 0, .2, 1
unset key
set style fill solid noborder # of the box of colours
set multiplot layout 1, 1 margins left / wide, 1 - right / wide, below / high, top
eval under_axis(panel_wide < 260 ? "'variability over epochs'" : "'variability (deviation over epochs)'")
eval beside_axis(panel < 300 ? "'confidence'" : "'confidence (mean probability of the label)'")
set label 92 (panel < 300 ? "share of epochs right" : "share of epochs in which it was right") \
    at graph 1 + (right - .9 * glyph) / panel_wide, graph .5 center rotate by 90
set colorbox user origin graph 1, graph 0 size 14. / wide, graph 1
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }
plot $D index 0 using 1:2:3 with points pointtype 7 pointsize .35 linecolor palette notitle, \
    $D index 1 using 1:2 with points pointtype 6 pointsize ring linewidth .6 linecolor rgb ink[7] notitle
load dir . "key.gp"
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }

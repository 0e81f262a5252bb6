# Shared by the plots: the legend over the whole width, as a last and empty panel of a multiplot. A
# key inside a panel would be as narrow as the panel. Before it: entries, rows, title[], head.
unset label
unset border
unset tics
unset grid
unset xlabel
unset ylabel
unset offsets
key_top = head eq "" ? .985 : .9
set lmargin at screen .02
set rmargin at screen .98
set tmargin at screen key_top
set bmargin at screen key_top - .06 * rows
set xrange [0:1]
set yrange [0:1]
set key at graph .5, 1 center top horizontal maxcols 4 samplen 3.2 Left reverse noenhanced
plot for [k = 1:entries] -1 with linespoints linetype (k - 1) % 8 + 1 title title[k]

# Shared by the plots: the legend over the whole width, as a last and empty panel of a multiplot. A
# key inside a panel would be as narrow as the panel. Before it: layout.gp's entries, columns, title_wide, key_top
# and top, title[], look[] (how each is drawn).
unset label
unset object
unset border
unset tics
unset grid
unset xlabel
unset ylabel
unset offsets
unset colorbox
unset logscale
set size noratio
set lmargin at screen .02
set rmargin at screen .98
set tmargin at screen key_top
set bmargin at screen top
set xrange [0:1]
set yrange [0:1]
# gnuplot takes all letters for as wide as this, too wide in some terminals: told by how many the longest title is off.
letter = 1. * wide * GPVAL_TERM_HCHAR / GPVAL_TERM_XSIZE
letters = 0
do for [k = 1:entries] { letters = longer(letters, strlen(title[k])) }
excess = title_wide * glyph / letter - letters + .7
set key at graph .5, 1 center top horizontal maxcols columns samplen 2.5 spacing 1.05 width excess Left reverse noenhanced
command = "plot "
do for [k = 1:entries] { command = command . sprintf("%s-1 with %s title title[%d]", k > 1 ? ", " : "", look[k], k) }
eval command

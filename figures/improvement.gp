# Probability of improvement of the row's cell over the column's: colour from one hue to another through white at 0.5, the number, and below
# it the interval; bold where the interval excludes 0.5.
#
# Data: improvement.csv (cell, over, row, column, probability, low, high), row counted from below. Variables: see the head of figure.gp.

longest = 0
do for [i = 1:CELL_COUNT] { if (strlen(CELL_NAME[i]) > longest) { longest = strlen(CELL_NAME[i]) } }
GRID_LEFT = 0.36 + 0.075 * longest
GRID_TOP = 0.62
GRID_BELOW = 0.16
COLUMNS = 1
ROWS = 1
known(x) = strcol("low") ne "NaN"
excludes(x) = known(0) && (column("low") > 0.5 || column("high") < 0.5)
number(p) = excludes(0) ? sprintf("{/:Bold %.2f}", p) : sprintf("%.2f", p)
short(p) = p > 0.995 ? "1" : substr(sprintf("%.2f", p), 2, 4)    # .73
interval(x) = known(0) ? short(column("low"))." – ".short(column("high")) : ""

set multiplot
set lmargin at screen grid_left(1)
set rmargin at screen grid_right(1)
set tmargin at screen grid_top(1)
set bmargin at screen grid_bottom(1)
set xrange [0.5:CELL_COUNT + 0.5]
set yrange [0.5:CELL_COUNT + 0.5]
unset border
unset xtics
set ytics scale 0 ("" 0) noenhanced
set x2tics scale 0 ("" 0) noenhanced offset 0, -0.4
do for [i = 1:CELL_COUNT] {
    set ytics add (CELL_NAME[i] CELL_COUNT + 1 - i)
    set x2tics add (CELL_NAME[i] i)
    set object i rectangle center i, CELL_COUNT + 1 - i size 0.96, 0.94 fillcolor rgb "#efefef" fillstyle solid noborder
}
set x2range [0.5:CELL_COUNT + 0.5]
set label 2 "this cell ..." at screen 0.12 / WIDTH, (grid_top(1) + grid_bottom(1)) / 2 center rotate by 90
set label 1 "... scores higher than" at graph 0.5, 1.0 center offset 0, 2.1
set cbrange [0:1]
set palette defined (0 DIVERGING_LOW, 0.5 DIVERGING_MIDDLE, 1 DIVERGING_HIGH)
unset colorbox
plot IMPROVEMENT using "column":"row":(column("column") - 0.48):(column("column") + 0.48):(column("row") - 0.47):(column("row") + 0.47):(column("probability")) \
         with boxxyerror fillstyle solid noborder linecolor palette, \
     IMPROVEMENT using "column":(column("row") + (known(0) ? 0.13 : 0)):(number(column("probability"))) with labels font ",8", \
     IMPROVEMENT using "column":(column("row") - 0.22):(interval(0)) with labels font ",6.5"
unset label 1
unset label 2
unset object
unset x2tics
unset ytics
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set tmargin at screen 0.02
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label 9
unset multiplot

# Coverage of intervals of scores against the number of runs: a column of panels for each distribution, a row for each quantity and number of
# tasks. The axis shows -log10 of the share that misses, so that 0.90 and 0.95 are as far apart as 0.5 and 0.75.
#
# Data: coverage.csv (distribution, block, tasks, series, runs, coverage, low, high). Variables: see the head of figure.gp.

TOP = 1.0 - 0.74 / HEIGHT
FOOT = (0.50 + 0.118 * CAPTION_LINES) / HEIGHT
GAP_Y = 0.27 / HEIGHT
GAP_X = 0.07 / WIDTH
ROWS = 4
ROW = (TOP - FOOT - (ROWS - 1) * GAP_Y) / ROWS
LEFT = 0.52 / WIDTH
RIGHT = 1.0 - 0.06 / WIDTH
COLUMN = (RIGHT - LEFT - (PANEL_COUNT - 1) * GAP_X) / PANEL_COUNT

# Where a coverage lies on the axis; what is nearer to 1 than `nearest` lies on its upper edge.
nearest = 0.003
up(c) = c == c ? -log10(1 - c > nearest ? 1 - c : nearest) : NaN
# Lines beside each other, not on top of each other.
aside(runs, i) = runs * 1.045 ** (i - 0.5 * (LINE_COUNT + 1))
array BLOCK[4] = ["mean", "mean", "difference", "difference"]
array TASKS[4] = [1, 8, 1, 8]
array ROW_NAME[4] = ["mean (and IQM), one task", "mean (and IQM), eight tasks", "difference of two arms, one task", "difference of two arms, eight tasks"]

# A column of the data where a row belongs to the panel's line.
belongs(r, p, i) = strcol("block") eq BLOCK[r] && column("tasks") == TASKS[r] && strcol("distribution") eq PANEL[p] && strcol("series") eq LINE[i]
at(r, p, i, name) = belongs(r, p, i) ? up(column(name)) : NaN

set multiplot
set logscale x
set xrange [2.3:26]
set yrange [up(0.15):up(1) + 0.06]
do for [r = 1:ROWS] {
    do for [p = 1:PANEL_COUNT] {
        set lmargin at screen LEFT + (p - 1) * (COLUMN + GAP_X)
        set rmargin at screen LEFT + (p - 1) * (COLUMN + GAP_X) + COLUMN
        set tmargin at screen TOP - (r - 1) * (ROW + GAP_Y)
        set bmargin at screen TOP - (r - 1) * (ROW + GAP_Y) - ROW
        if (r == ROWS) {
            set xtics ("3" 3, "5" 5, "10" 10, "20" 20) font ",7" offset 0, 0.3
        } else {
            set xtics ("" 3, "" 5, "" 10, "" 20)
        }
        if (p == 1) {
            set ytics ("0.3" up(0.3), "" up(0.5) 1, "" up(0.7) 1, "0.8" up(0.8), "0.9" up(0.9), "0.95" up(0.95), "0.98" up(0.98), "1.00" up(1)) font ",7"
            set ylabel "coverage" offset 0.8 font ",7.5"
            set label 1 title_above(substr("abcd", r, r), ROW_NAME[r]) at graph 0, 1.0 left offset 0, 0.55 font ",7.5"
        } else {
            set ytics ("" up(0.3), "" up(0.5) 1, "" up(0.7) 1, "" up(0.8), "" up(0.9), "" up(0.95), "" up(0.98), "" up(1))
            unset ylabel
            unset label 1
        }
        if (r == ROWS) { set xlabel "runs (seeds)" offset 0, 0.9 font ",7.5" } else { unset xlabel }
        if (r == 1) { set label 2 PANEL_NAME[p] at graph 0.5, 1.0 center offset 0, 1.75 font ",8" } else { unset label 2 }
        plot up(0.95) with lines linewidth 0.9 dashtype 1 linecolor rgb "black", \
             for [i = 1:LINE_COUNT] COVERAGE using (aside(column("runs"), i)):(at(r, p, i, "low")):(0):(at(r, p, i, "high") - at(r, p, i, "low")) \
                 with vectors nohead linewidth 0.8 dashtype 1 linecolor rgb COLOUR[i], \
             for [i = 1:LINE_COUNT] COVERAGE using (aside(column("runs"), i)):(at(r, p, i, "coverage")) \
                 with linespoints linewidth 0.9 dashtype 1 linecolor rgb COLOUR[i] pointtype MARK[i] pointsize 0.5 * POINT
    }
}
unset label 1
unset label 2

# ---- legend in a line of its own, and the caption at the foot
unset logscale
unset border
unset tics
unset xlabel
unset ylabel
set xrange [0:1]
set yrange [0:1]
set lmargin at screen LEFT
set rmargin at screen RIGHT
set label 9 CAPTION at screen 0.07 / WIDTH, FOOT - 0.44 / HEIGHT left font ",7" noenhanced textcolor rgb INK
set bmargin at screen 1.0 - 0.22 / HEIGHT
set tmargin at screen 1.0 - 0.03 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 1 Left reverse samplen 1.5 width -1 noenhanced font ",7"
plot NaN notitle, \
     for [i = 1:LINE_COUNT] keyentry with linespoints linewidth 0.9 dashtype 1 linecolor rgb COLOUR[i] pointtype MARK[i] pointsize 0.5 * POINT title LINE_NAME[i]
unset multiplot

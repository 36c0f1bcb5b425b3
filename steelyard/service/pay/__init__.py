"""Performance pay: one statement per agent and month, every amount with its formula, its inputs and its rows.

The steps, in order:

 plans        the plan file, checked; the version in force in the month
 reading      agents, orders, returns, and who was heard before an order, from the events as known at the cutoff
 register     which claims of the sales register stand
 attribution  whose sale each order is
 commission   sales and returns booked by agent; commission, deduction, pool
 metrics      the door for service metrics; `counted` is what the payroll counts itself
 bonuses      base wage, performance pay, basic requirements
 payroll      all lines of all agents, made up to the floor
 corrections  earlier months stated again; differences posted
 record       JSON; `workbook` the spreadsheet; `folder` where both lie, written once
"""

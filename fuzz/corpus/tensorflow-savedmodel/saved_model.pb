>
*2.15.02

nodeConst

node	WriteFile

nodePyFunc
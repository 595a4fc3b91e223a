"""The same stage over parts of its input: in this process, on all cores, on a Dask cluster.

=========== ==========================================================================
module      idea
=========== ==========================================================================
engines     one function over many tasks: the three places where that can happen
cores       worker processes of our own, one a core; a task whose worker dies is tried again
serving     what happens inside of such a process
cluster     the same on Dask: a cluster of this machine's cores, or one that exists
places      files by path or by address (``s3://…``)
parts       an input cut into parts at the ends of lines
work        a stage over one part: its records, its tally, its digest
alone       a part one record at a time in a process that may die, to find who kills it
run         a stage over all parts, each kept when it is done, put together at the end
targets     one file or a folder of parts, whole or not at all
=========== ==========================================================================
"""

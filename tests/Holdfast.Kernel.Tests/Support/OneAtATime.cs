using Xunit.Sdk;
using Xunit.v3;

// These tests share what belongs to the whole process (working directory, open descriptors) and to the machine (network namespaces,
// cgroups): one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]

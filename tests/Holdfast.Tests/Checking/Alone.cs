namespace Holdfast.Tests.Checking;

/// <summary>
/// Tests that see exactly when an object goes. A process that is being started holds all our descriptors between fork and exec, and so can
/// leave an object to the next sweep: these tests don't run beside others.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;

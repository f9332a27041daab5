namespace Holdfast.Btf.Tests.Checks;

/// <summary>How long a test may look for trouble.</summary>
internal static class FuzzTime
{
    public static TimeSpan Limit { get; } =
        TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_SECONDS") ?? "4"));

    /// <summary>How many times the ordinary number of cases is run.</summary>
    public static int Factor { get; } = int.Parse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_FACTOR") ?? "1");
}

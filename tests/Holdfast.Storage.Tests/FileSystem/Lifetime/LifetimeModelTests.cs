using CsCheck;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>
/// Random sequences of everything that makes, names, passes, opens and drops objects, by three processes that die at any system call,
/// against the reference rules on paper. HOLDFAST_LIFETIME_RUNS lengthens the test.
/// </summary>
[Collection(nameof(Alone))]
public class LifetimeModelTests
{
    private const int StepsOfARun = 250;

    [Fact]
    public void What_lives_is_what_the_rules_say_in_every_order()
    {
        int runs = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_LIFETIME_RUNS"), out int wanted) ? wanted : 400;
        long done = 0;
        Gen.Select(Gen.Int[0, (int)LifetimeRun.Operation.Die], Gen.Int[0, 2], Gen.Int[0, 23], Gen.Int[0, 23]).Array[1, 2 * StepsOfARun]
            .Sample(steps => steps.Length > 0 && Run(steps) && Interlocked.Add(ref done, steps.Length) > 0, iter: runs, threads: 1, print: Print);
        Assert.True(done > (long)runs * StepsOfARun * 9 / 10, $"only {done} steps");
    }

    private static bool Run((int, int, int, int)[] steps)
    {
        using LifetimeRun run = new();
        foreach ((int operation, int actor, int first, int second) in steps)
            run.Step(operation, actor, first, second);
        run.End();
        return true;
    }

    private static string Print((int Operation, int Actor, int First, int Second)[] steps) => string.Join(
        "; ", steps.Select(step => $"{(LifetimeRun.Operation)step.Operation} {step.Actor} {step.First} {step.Second}"));
}

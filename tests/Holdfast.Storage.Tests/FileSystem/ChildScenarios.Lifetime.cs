using System.Globalization;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem.Lifetime;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Lives of real processes.</content>
public static partial class ChildScenarios
{
    /// <summary>store, seed, call number to die before: lives at random until then.</summary>
    public static void LiveAtRandom(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        RandomLife life = new(store, int.Parse(arguments[1], CultureInfo.InvariantCulture));
        int left = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        Posix.Interceptor = _ =>
        {
            if (left-- == 0)
                Child.KillSelf();
        };
        while (true)
            life.Step();
    }
}

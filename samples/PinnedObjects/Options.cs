using System.Diagnostics.CodeAnalysis;

namespace PinnedObjects;

/// <summary>The command line.</summary>
internal sealed record Options(string Verb, bool Kernel, string? Store, string? Directory)
{
    private static readonly string[] Verbs = ["map-pin", "map-get", "map-all", "prog-pin", "prog-get", "prog-all"];

    public static bool TryParse(string[] arguments, [NotNullWhen(true)] out Options? options)
    {
        options = null;
        if (arguments.Length % 2 == 0 || !Verbs.Contains(arguments[0]))
            return false;
        Options parsed = new(arguments[0], false, null, null);
        for (int index = 1; index < arguments.Length; index += 2)
        {
            string value = arguments[index + 1];
            switch (arguments[index])
            {
                case "--engine" when value is "user" or "kernel":
                    parsed = parsed with { Kernel = value == "kernel" };
                    break;
                case "--store":
                    parsed = parsed with { Store = value };
                    break;
                case "--dir":
                    parsed = parsed with { Directory = value };
                    break;
                default:
                    return false;
            }
        }

        options = parsed;
        return true;
    }
}

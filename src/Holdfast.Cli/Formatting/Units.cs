using System.Globalization;

namespace Holdfast.Cli.Formatting;

/// <summary>Sizes and times for people.</summary>
internal static class Units
{
    /// <summary>Bytes with a binary unit.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        while (bytes >= 1024 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.#} {units[unit]}");
    }

    /// <summary>Milliseconds with two digits.</summary>
    public static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00} ms");

    /// <summary>A number with one digit.</summary>
    public static string Number(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.#}");
}

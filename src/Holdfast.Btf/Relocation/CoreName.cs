namespace Holdfast.Btf.Relocation;

/// <summary>Names without their flavour: <c>task_struct___old</c> stands for <c>task_struct</c>.</summary>
internal static class CoreName
{
    /// <summary>The part before the last <c>___</c> that separates a flavour, else the whole name.</summary>
    public static string Essential(string name)
    {
        for (int i = name.Length - 5; i >= 0; i--)
        {
            if (name[i] != '_' && name[i + 1] == '_' && name[i + 2] == '_' && name[i + 3] == '_' && name[i + 4] != '_')
            {
                return name[..(i + 1)];
            }
        }

        return name;
    }

    public static bool Match(string left, string right) => Essential(left) == Essential(right);
}

namespace Holdfast.Isa.Instructions;

/// <summary>Access sizes in bytes.</summary>
public static class MemorySizeFields
{
    extension(MemorySize size)
    {
        /// <summary>The size in bytes: 1, 2, 4 or 8.</summary>
        public int ByteCount => size switch
        {
            MemorySize.Byte => 1,
            MemorySize.Half => 2,
            MemorySize.Word => 4,
            _ => 8,
        };

        /// <summary>The size of that many bytes.</summary>
        /// <param name="bytes">1, 2, 4 or 8.</param>
        /// <returns>The size, or <see langword="null"/> for any other number.</returns>
        public static MemorySize? FromByteCount(int bytes) => bytes switch
        {
            1 => MemorySize.Byte,
            2 => MemorySize.Half,
            4 => MemorySize.Word,
            8 => MemorySize.Double,
            _ => null,
        };
    }
}

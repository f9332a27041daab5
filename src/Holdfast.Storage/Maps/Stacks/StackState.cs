namespace Holdfast.Storage.Maps.Stacks;

/// <summary>What a bucket holds, in one word, so that it changes by one store: hash (32 bits), number of frames (24; 0: nothing), and in the highest bit which of its places they are in.</summary>
internal readonly record struct StackState(ulong Word)
{
    private const int FramesShift = 32;
    private const ulong FramesMask = 0xFFFFFF;
    private const int HalfShift = 63;

    public static StackState Of(uint hash, int frames, uint half) => new(hash | ((ulong)frames << FramesShift) | ((ulong)half << HalfShift));

    public uint Hash => (uint)Word;

    /// <summary>As many as were stored; in a damaged file as many as there is room for.</summary>
    public int Frames(int room) => (int)Math.Min((Word >> FramesShift) & FramesMask, (ulong)room);

    /// <summary>Whether it says what none of a map of so much room does: more frames, or bits of no meaning.</summary>
    public bool IsBeyond(int room) => ((Word >> FramesShift) & FramesMask) > (ulong)room || this != Of(Hash, Frames(room), Half);

    public uint Half => (uint)(Word >> HalfShift);

    public bool IsEmpty => ((Word >> FramesShift) & FramesMask) == 0;
}

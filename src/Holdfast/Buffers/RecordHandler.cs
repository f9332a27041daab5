namespace Holdfast;

/// <summary>Receives a record of a ring buffer.</summary>
/// <param name="record">Its bytes, in the buffer itself: they are the programs' again when the handler returns.</param>
public delegate void RecordHandler(ReadOnlySpan<byte> record);
